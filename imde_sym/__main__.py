"""`python -m imde_sym`."""

import sys

from .cli import main

sys.exit(main())
