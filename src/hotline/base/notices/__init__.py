"""短信通知: what the platform tells people by text message, what became of each message, and what they answer."""
