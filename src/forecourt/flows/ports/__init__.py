"""What flows need from outside, by protocol, and the papers that pass through: what is kept, ordered and noted."""
