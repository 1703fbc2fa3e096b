"""What is kept on disk between visits."""
