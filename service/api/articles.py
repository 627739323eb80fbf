"""Articles: how the comments under each are taken."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.moderation.signals import ArticleMode
from service.schemas.authors import ArticleListSchema, ArticleModeSchema, ArticleQuerySchema, ArticleRecordSchema
from service.schemas.fields import ms_of

blueprint = Blueprint("articles", __name__, url_prefix="/v1/articles", description="What is written about")


@blueprint.route("", methods=["GET"])
@needs("moderate", effect=False)
@blueprint.arguments(ArticleQuerySchema(), location="query")
@blueprint.response(200, ArticleListSchema)
def list_articles(query: dict[str, Any]) -> Any:
    """The articles that have a mode of their own, the last set first."""
    mode: ArticleMode | None = query.get("mode")
    return {"items": parts().articles.with_mode(caller().site, mode, query["limit"])}


@blueprint.route("/<text:article_id>", methods=["GET"], merge_slashes=False)
@needs("moderate", effect=False, problems=(404,))
@blueprint.response(200, ArticleRecordSchema)
def get_article(article_id: str) -> Any:
    """An article: how many comments under it stand where, and the mode that is in force for it."""
    return parts().articles.get(caller().site, article_id)


@blueprint.route("/<text:article_id>/mode", methods=["PUT"], merge_slashes=False)
@needs("moderate", problems=(415,))
@blueprint.arguments(ArticleModeSchema())
@blueprint.response(200, ArticleRecordSchema)
def set_mode(said: dict[str, Any], article_id: str) -> Any:
    """Sets how comments under an article are taken, or leaves it to the policy again."""
    site, until = caller().site, said["until"]
    parts().articles.set_mode(
        site,
        article_id,
        op=caller().op,
        by=caller().name,
        mode=said["mode"],
        until=None if until is None else ms_of(until),
    )
    return parts().articles.look(site, article_id)
