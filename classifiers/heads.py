"""The closed label lists of the heads, and the network: one encoder, one linear layer a field."""

from collections.abc import Mapping
from typing import Final

from torch import Tensor, device, nn
from transformers import BertConfig, BertModel

from classifiers.segments import MAX_TOKENS
from config.vocabulary import RELEVANCE, STANCES, TARGETS, TONES

Labels = Mapping[str, tuple[str, ...]]

# Heads whose labels are fixed by the vocabulary; narrative takes its codes from the corpus.
FIXED_HEADS: Final[Labels] = {
    "relevance": RELEVANCE,
    "stance": STANCES,
    "tone": TONES,
    "target": TARGETS,
}


class Reader(nn.Module):
    """Mean-pooled encoder with one linear head a field."""

    def __init__(self, config: BertConfig, labels: Labels, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.max_tokens = min(MAX_TOKENS, config.max_position_embeddings)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {field: nn.Linear(config.hidden_size, len(names)) for field, names in labels.items()}
        )

    @property
    def device(self) -> device:
        """Where its weights lie."""
        return next(self.parameters()).device

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> dict[str, Tensor]:
        """Logits (batch, labels) of every head, from (batch, tokens) inputs."""
        states = self.encoder(
            input_ids=ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        weights = mask.unsqueeze(-1).to(states.dtype)
        pooled = self.dropout((states * weights).sum(1) / weights.sum(1))
        return {field: head(pooled) for field, head in self.heads.items()}
