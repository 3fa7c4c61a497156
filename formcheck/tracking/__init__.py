"""The first pass over a video: its pieces through the pose model, one after the other or at once, and joined without a seam."""
