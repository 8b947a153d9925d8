"""What files and folders need that belong to the program itself, for every part that keeps some. Blocking; no pictures, no Qt."""
