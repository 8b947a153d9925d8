"""Entry point of `python -m topazdesk.local`."""

import sys

from topazdesk.local.worker import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
