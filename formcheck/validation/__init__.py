"""What formcheck measures against what truly happened: clips with ground truth, compared and tabled."""
