"""Read, check, convert and write picture files. Everything here blocks and is called from worker threads."""
