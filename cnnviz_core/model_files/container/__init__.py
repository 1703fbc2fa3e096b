"""From bytes to a bounded configuration and arrays that are listed, or a sentence."""
