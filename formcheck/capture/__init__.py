"""Where pictures and landmarks come from: video files, the pose model and its bundles."""
