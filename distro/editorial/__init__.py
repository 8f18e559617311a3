"""What is said: releases, their frozen versions, the embargo on them and the plan of their sending."""
