"""A press office at work in under a minute: real commands, the real bot, a mail server of its own, and a proof at the end."""
