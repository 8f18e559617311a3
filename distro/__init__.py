"""What we send, and what happened to it. The floors, from the ground: archive, editorial, mail, dispatch, web and cli."""

__version__ = "0.1.0"
