"""What a file turned out to be, and what it leaves to be guessed."""
