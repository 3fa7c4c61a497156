"""Pure measurement: landmarks in, clinical angles out. Knows numpy and scipy, and nothing else of formcheck."""
