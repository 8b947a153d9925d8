"""Where the frozen program begins."""

import sys

from topazdesk.__main__ import main

sys.exit(main())
