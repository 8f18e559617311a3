"""The fault rig: a mail server that misbehaves on cue, the real bot killed and restarted, and the check of what is left.

    cues -> server (a process) <- bot (a process, real or with a fault of its own) <- driver -> check

Nothing of it is known to production code; what it hooks, it hooks from outside (`broken_run`).
"""
