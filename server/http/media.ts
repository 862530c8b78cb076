// As what a body is to be read. Asked in one place: where one reader finds the words anywhere in the header, and another before
// its first semicolon, what one counts the other takes for something else.

export type Media = "json" | "form" | "multipart" | "other"

const media: Record<string, Media> = {
  "application/json": "json",
  "application/x-www-form-urlencoded": "form",
  "multipart/form-data": "multipart",
}

/** By the type alone, without what stands behind a semicolon (RFC 9110, 8.3.1). */
export function mediaOf(contentType: string | null | undefined): Media {
  const [type = ""] = (contentType ?? "").split(";", 1)
  const name = type.trim().toLowerCase()
  return Object.hasOwn(media, name) ? media[name]! : "other"
}
