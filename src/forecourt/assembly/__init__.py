"""Where the parts are chosen and joined: settings, clocks, secrets, roles, the demo network, the replay. A door for each command."""
