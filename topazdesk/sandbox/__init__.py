"""The local practice service: a real HTTP server with the services' contracts."""
