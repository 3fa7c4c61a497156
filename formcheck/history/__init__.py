"""What was done before: a database of sessions, and the journal of the one that is running."""
