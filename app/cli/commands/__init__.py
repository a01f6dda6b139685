"""The commands as click sees them, one module each: flags and help; the work is done in the rooms beside."""
