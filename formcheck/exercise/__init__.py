"""What an exercise is, what a repetition is, and which mistakes are seen in it."""
