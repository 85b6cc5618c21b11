"""What every page is built on: the visitor, responses and failures, headers, repeated forms, and live fragments."""
