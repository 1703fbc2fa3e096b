"""A map held against its network: faithfulness, baselines, randomization."""
