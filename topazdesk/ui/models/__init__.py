"""What the window shows, without any widgets: pictures, recipe, prices, jobs."""
