"""Files and pixels: blocking functions, called from worker threads."""
