"""Controls, figures, pictures and films that pages share."""
