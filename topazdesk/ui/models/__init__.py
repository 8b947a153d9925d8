"""What the window shows, without widgets: pictures, recipe, prices."""
