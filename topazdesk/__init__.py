"""topazdesk: enhance pictures with cloud models, from a window or a command line."""

__version__ = "0.1.0"
