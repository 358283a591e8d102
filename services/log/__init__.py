"""Log: what an administrator needs to find out what happened on the wire, without anything that must stay secret."""
