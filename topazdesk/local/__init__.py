"""The service "This computer": a program of its own, which enhances pictures with networks on the user's computer."""
