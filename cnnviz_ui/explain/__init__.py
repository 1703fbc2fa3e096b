"""What pages share that explain a class."""
