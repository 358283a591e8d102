"""One room per service: send one request or one batch; pace, retry and paging live here, once."""
