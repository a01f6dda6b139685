"""The command line as people and scripts meet it: the real command in a process of its own."""
