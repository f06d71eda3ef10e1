"""The closed label lists of the heads, and the network: one encoder, one linear layer a field."""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, device, nn
from transformers import BertConfig, BertModel

from classifiers.segments import MAX_TOKENS
from config.vocabulary import RELEVANCE, SEVERITIES, STANCES, TARGETS, TONES

Labels = Mapping[str, tuple[str, ...]]

# What a text does, beside its stance: one yes or no each.
FLAG_HEADS: Final = ("threat", "call_to_act", "doxxing", "quoted_rumour", "irony")
YES_NO: Final = ("no", "yes")
# Heads whose labels are fixed by the vocabulary; narrative takes its codes from the corpus. The
# severity head tells how grave a suspicious text is; `none` follows from the stance.
FIXED_HEADS: Final[Labels] = {
    "relevance": RELEVANCE,
    "stance": STANCES,
    "tone": TONES,
    "target": TARGETS,
    "severity": SEVERITIES[1:],
    **dict.fromkeys(FLAG_HEADS, YES_NO),
}


class Reader(nn.Module):
    """An encoder with one linear head a field, over the mean of all states beside the focus'."""

    def __init__(self, config: BertConfig, labels: Labels, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.max_tokens = min(MAX_TOKENS, config.max_position_embeddings)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {
                field: nn.Linear(2 * config.hidden_size, len(names))
                for field, names in labels.items()
            }
        )

    @property
    def device(self) -> device:
        """Where its weights lie."""
        return next(self.parameters()).device

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor, focus: Tensor) -> dict[str, Tensor]:
        """Logits (batch, labels) of every head, from (batch, tokens) inputs."""
        return self.answers(self.pooled(ids, mask, types, focus))

    def answers(self, pooled: Tensor) -> dict[str, Tensor]:
        """Logits (batch, labels) of every head, from what `pooled` gave."""
        shown = self.dropout(pooled)
        return {field: head(shown) for field, head in self.heads.items()}

    def pooled(self, ids: Tensor, mask: Tensor, types: Tensor, focus: Tensor) -> Tensor:
        """What the heads read (batch, 2 hidden): mean over the input, mean over the focus."""
        states = self.encoder(
            input_ids=ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        return torch.cat([_mean(states, mask), _mean(states, focus)], dim=-1)


def _mean(states: Tensor, chosen: Tensor) -> Tensor:
    weights = chosen.unsqueeze(-1).to(states.dtype)
    # A text of nothing but a name cut away has no focus left; its mean is nought.
    mean: Tensor = (states * weights).sum(1) / weights.sum(1).clamp(min=1)
    return mean
