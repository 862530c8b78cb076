// Files that are dropped or pasted. There is nothing yet that takes them; so they do not take the page away either, as a file
// does that is dropped where nobody looks, and it is said.

const NOT_YET = "Files cannot be sent here yet. Nothing was changed."

export function listenToFiles(say: (words: string) => void): void {
  const isFile = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes("Files") ?? false
  document.addEventListener("dragover", (event) => isFile(event) && event.preventDefault())
  document.addEventListener("drop", (event) => {
    if (!isFile(event)) return
    event.preventDefault()
    say(NOT_YET)
  })
  document.addEventListener("paste", ({ clipboardData }) => {
    // Words come with a picture from many programs, and are pasted.
    if (clipboardData?.files.length && !clipboardData.types.includes("text/plain")) say(NOT_YET)
  })
}
