"""The one way in which the demo says no."""


class Refusal(Exception):
    """A reason not to go on, as one line for whoever started the script."""
