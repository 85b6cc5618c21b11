"""Stories of a whole network, from plug to invoice; the network that most of them share ends with the last of them."""
