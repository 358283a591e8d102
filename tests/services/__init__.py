"""The services' floor, through its public doors."""
