"""The past brought in: saved pages of any organisation's press archive, read into drafts. Sends nothing, mends no words."""
