"""Where Faust's own words go when they come from a class of ours.

Rule: each of its classes that we derive from is given this log, else Faust takes the one of
our file, which speaks of each service that starts and stops.
"""

import logging

FAUST_LOG = logging.getLogger("faust.chappe")
