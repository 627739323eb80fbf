"""Other services' interfaces on our scoring, judging and labels: their clients work here unchanged."""
