"""The classifier: train, evaluate."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from verbs.shared import Json, read_settings, tell, tell_json

app = typer.Typer()


@app.command()
def train(
    out: Annotated[Path | None, typer.Option(help="Folder of the new checkpoint.")] = None,
    seed: Annotated[int, typer.Option(help="Of every random choice.")] = 7,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the corpus; default: the recipe's.")
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option(help="Folder of open sentence sets: first teach the encoder French."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="French lessons; default: the recipe's.")
    ] = None,
    encoder: Annotated[
        Path | None, typer.Option(help="Folder of an encoder that has had its lessons.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="Where half-finished training and the taught encoder are kept."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a checkpoint from the corpus and the encoder package, reproducibly.

    A stopped run goes on where it was when it is started again with the same options.

    Example: vigie train --texts open-texts --out checkpoints/mine@2026.12
    """
    from classifiers.plan import plan_training
    from classifiers.training import train_checkpoint

    plan = plan_training(
        kept=keep or read_settings().home / "training",
        seed=seed,
        epochs=epochs,
        texts=texts,
        steps=steps,
        device=device,
    )
    tell(train_checkpoint(out=out, run=plan.run, encoder=encoder, lessons=plan.lessons, say=tell))


@app.command()
def evaluate(
    classifier: Annotated[str | None, typer.Option(help="name@revision or a folder.")] = None,
    part: Annotated[
        Literal["dev", "test"], typer.Option(help="dev to choose by; test only to report.")
    ] = "test",
    corpus: Annotated[
        bool, typer.Option(help="Also the gates of the corpus and its second reading: a minute.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Score a checkpoint on the frozen test part, beside its baselines and the gates of the corpus.

    Example: vigie evaluate
    """
    from classifiers.card import corpus_facts
    from classifiers.corpus import load_splits
    from classifiers.evaluation import evaluate_checkpoint

    result = evaluate_checkpoint(classifier or read_settings().classifier, part=part)
    facts = corpus_facts(load_splits()) if corpus else None
    if as_json:
        tell_json({**result.as_dict(), **({"facts": facts.as_dict()} if facts else {})})
    else:
        tell(result.as_text())
        if facts:
            tell(facts.as_text())
