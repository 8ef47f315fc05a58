-- The name of a channel cannot be a parameter.
listen /* {channel} */everybody
