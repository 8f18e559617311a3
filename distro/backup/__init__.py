"""The whole office in one file, and back from it: made while the bot works, and restored so that nothing leaves by itself."""
