"""The screens and the command line, through their public doors."""
