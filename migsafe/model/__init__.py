"""The words that all stages share. Frozen values; what they mean is attached from outside, by later stages."""
