"""Where uploaded models are built and run: a process that can do nothing else."""
