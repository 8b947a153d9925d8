"""Entry point of `python -m topazdesk.sandbox`."""

import sys

from topazdesk.sandbox.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
