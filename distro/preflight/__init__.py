"""What an officer is told of a release before it leaves: one small module a rule, under `rules`; `run` asks them all."""
