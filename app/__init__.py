"""What people touch: the command line and the terminal app, over the engine in `ops`."""
