//! What keys do, and where: the words of the key map.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one, in the order of the help.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word in the key file.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The one with this word.
            pub fn find(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.as_str() == word)
            }
        }
    };
}

words! {
    /// Where a key is pressed. A focus looks its keys up in several of these, the
    /// narrowest first.
    Context {
        /// The pane of registries.
        Registries = "registries",
        /// The pane of repositories.
        Repositories = "repositories",
        /// The pane of images.
        Images = "images",
        /// Any of the three panes.
        Browse = "browse",
        /// The page of search.
        Search = "search",
        /// The line in which a search is typed.
        SearchLine = "search-line",
        /// The page of changes.
        Changes = "changes",
        /// The page of crawls.
        Crawls = "crawls",
        /// The page of decisions.
        Plan = "plan",
        /// Any of the five pages.
        Pages = "pages",
        /// Any list or page that can be moved through.
        Move = "move",
        /// The line in which a filter is typed.
        Filter = "filter",
        /// The line that `:` opens.
        CommandLine = "command-line",
        /// The page of one image.
        Detail = "detail",
        /// The page of keys.
        Help = "help",
        /// The list of failures.
        Failures = "failures",
        /// What takes room.
        Usage = "usage",
        /// The log of requests.
        Requests = "requests",
        /// The differences of two registries.
        Drift = "drift",
        /// In what two images differ.
        Diff = "diff",
        /// The report of a check.
        Check = "check",
        /// Anything that lies over a page.
        Overlay = "overlay",
        /// The form of a registry.
        Form = "form",
        /// The report of a check beside the form, while keys go to it.
        FormCheck = "form-check",
        /// A question.
        Confirm = "confirm",
        /// A secret that is asked for.
        Ask = "ask",
        /// A line that is asked for.
        Line = "line",
        /// Everywhere.
        Global = "global",
    }
}

impl Context {
    /// Whether text is typed there, or may be: letters are no keys then.
    pub fn is_typed(self) -> bool {
        matches!(
            self,
            Self::SearchLine
                | Self::Filter
                | Self::CommandLine
                | Self::Form
                | Self::Ask
                | Self::Line
                | Self::Global
        )
    }
}

words! {
    /// What a key does.
    Command {
        /// One row up.
        Up = "up",
        /// One row down.
        Down = "down",
        /// Half a page up.
        HalfUp = "half-page-up",
        /// Half a page down.
        HalfDown = "half-page-down",
        /// A page up.
        PageUp = "page-up",
        /// A page down.
        PageDown = "page-down",
        /// To the first row.
        Top = "top",
        /// To the last row.
        Bottom = "bottom",
        /// To the pane on the left.
        Left = "left",
        /// To the pane on the right.
        Right = "right",
        /// To the next pane, round and round.
        NextPane = "next-pane",
        /// To the pane before, round and round.
        PreviousPane = "previous-pane",
        /// To registries, repositories and images.
        BrowsePage = "browse",
        /// To the search.
        SearchPage = "search",
        /// To the changes.
        ChangesPage = "changes",
        /// To the crawls.
        CrawlsPage = "crawls",
        /// To the decisions.
        PlanPage = "plan",
        /// Back to where one was.
        GoBack = "go-back",
        /// To the repository of what is selected.
        GoRepository = "go-to-repository",
        /// Into the selected row.
        Open = "open",
        /// Clears the filter; without one, to the pane on the left.
        Back = "back",
        /// Types a filter.
        Filter = "filter",
        /// To the next match of the filter.
        NextMatch = "next-match",
        /// To the match before.
        PreviousMatch = "previous-match",
        /// Opens the line for commands by name.
        CommandLine = "command-line",
        /// Ends typing and keeps the filter.
        Accept = "accept",
        /// To the changes of what is selected.
        History = "history",
        /// A longer period of time, round and round.
        Period = "period",
        /// Shows more: of all registries, of all repositories.
        Wider = "wider",
        /// Shows less: of what is selected.
        Narrower = "narrower",
        /// Turns the repositories into a tree, or back.
        Tree = "tree",
        /// Orders by name.
        OrderName = "order-by-name",
        /// Orders by tag, or by how many there are.
        OrderTag = "order-by-tag",
        /// Orders by the number of images.
        OrderImages = "order-by-images",
        /// Orders by state.
        OrderState = "order-by-state",
        /// Orders by size.
        OrderSize = "order-by-size",
        /// Orders by digest.
        OrderDigest = "order-by-digest",
        /// Orders by kind.
        OrderKind = "order-by-kind",
        /// Orders by platforms.
        OrderPlatforms = "order-by-platforms",
        /// Orders by when it was built.
        OrderBuilt = "order-by-built",
        /// Orders by when it was pushed.
        OrderPushed = "order-by-pushed",
        /// Orders by when it was last pulled.
        OrderPulled = "order-by-pulled",
        /// Orders by when it was first seen.
        OrderSeen = "order-by-first-seen",
        /// Orders by change.
        OrderChange = "order-by-change",
        /// Orders by decision.
        OrderDecision = "order-by-decision",
        /// Reads the panes again.
        Reload = "reload",
        /// Adds a registry.
        Add = "add",
        /// Adds the registries of a file.
        Import = "import",
        /// Begins the demonstration.
        Demo = "demo",
        /// Edits the selected registry.
        Edit = "edit",
        /// Adds a registry like the selected one.
        Duplicate = "duplicate",
        /// Removes the selected registry.
        Remove = "remove",
        /// Crawls the selected registry.
        Crawl = "crawl",
        /// Crawls every active registry.
        CrawlAll = "crawl-all",
        /// Cancels the crawl of the selected registry.
        Cancel = "cancel",
        /// Pauses the crawl of the selected registry, or goes on with it.
        Pause = "pause",
        /// Reads again what failed.
        Retry = "retry",
        /// Checks the selected registry, or the one in the form.
        Check = "check",
        /// Shows the failures of the last crawl.
        Failures = "failures",
        /// Copies the reference by digest.
        CopyReference = "copy-reference",
        /// Copies the reference by tag.
        CopyTag = "copy-tag",
        /// Copies the digest.
        CopyDigest = "copy-digest",
        /// Copies the command that pulls it.
        CopyPull = "copy-pull",
        /// Copies the manifest.
        CopyManifest = "copy-manifest",
        /// Shows the manifest in the user's pager.
        OpenPager = "open-in-pager",
        /// Opens the manifest in the user's editor.
        OpenEditor = "open-in-editor",
        /// Marks the row, or takes the mark away.
        Mark = "mark",
        /// Marks from the last mark to here.
        MarkRange = "mark-range",
        /// Marks all that is shown, or takes all marks away.
        MarkAll = "mark-all",
        /// Decides to keep.
        Keep = "keep",
        /// Decides to delete.
        Delete = "delete",
        /// Decides to look again.
        LookAgain = "look-again",
        /// Writes a note beside a decision.
        Note = "note",
        /// Takes back the last decision.
        Undo = "undo",
        /// Compares two.
        Diff = "diff",
        /// Shows the requests.
        Requests = "requests",
        /// Shows what takes room.
        Usage = "usage",
        /// To the next platform.
        NextPlatform = "next-platform",
        /// To the next tab.
        NextTab = "next-tab",
        /// To the tab before.
        PreviousTab = "previous-tab",
        /// Shows it as it came.
        Raw = "raw",
        /// Makes the pane wider.
        Grow = "grow",
        /// Makes the pane narrower.
        Shrink = "shrink",
        /// Makes the pane as wide as the screen.
        Zoom = "zoom",
        /// Closes what lies over the page.
        Close = "close",
        /// To the next field.
        NextField = "next-field",
        /// To the field before.
        PreviousField = "previous-field",
        /// To the next field, or saves on the last.
        Advance = "advance",
        /// Saves the form.
        Save = "save",
        /// Leaves the form or the line.
        Leave = "leave",
        /// Answers yes.
        Yes = "yes",
        /// Answers no.
        No = "no",
        /// Shows the keys.
        Help = "help",
        /// Quits.
        Quit = "quit",
        /// Stops the program until the shell continues it.
        Suspend = "suspend",
        /// Draws everything anew.
        Redraw = "redraw",
    }
}
