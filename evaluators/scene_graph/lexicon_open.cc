#include "evaluators/scene_graph/lexicon_lists.h"

namespace unimo::eval {

namespace {

constexpr WordList kAdjectives[] = {
    {kColourWord,
     "black white red blue green yellow brown gray grey orange pink purple tan beige blonde blond "
     "golden silver gold maroon teal turquoise violet lavender khaki crimson scarlet navy cream "
     "ivory bronze brunette burgundy indigo magenta olive reddish greenish bluish yellowish "
     "brownish multicolored multi-colored colorful colourful tri-colored multicoloured rainbow"},
    {kSizeWord,
     "small large big little tiny huge giant tall short long wide narrow massive enormous gigantic "
     "miniature mini oversized medium larger smaller bigger taller shorter longer largest smallest "
     "biggest medium-sized immense vast great"},
    {kMaterialWord,
     "metal wood stone brick glass plastic leather concrete steel iron paper cardboard rubber "
     "marble tile granite denim wicker stainless ceramic straw cotton wool silk clay bamboo "
     "chrome porcelain cement asphalt gravel copper brass"},
    {kAdjectiveWord,
     "baby young old older younger newer darker lighter heavier higher lower elderly wooden "
     "metallic "
     "grassy dirty snowy sandy rocky muddy dusty icy rainy "
     "foggy cloudy sunny windy stormy misty wet dry clean clear dark bright light heavy pale deep "
     "shallow open empty full closed busy crowded quiet calm rough choppy smooth soft sharp dull "
     "hot cold warm cool fresh ripe raw tasty delicious healthy sweet sour spicy crisp crispy "
     "juicy "
     "high low flat steep round square circular curved curly straight thick thin fat skinny slim "
     "lean heavy bare bald naked nude shirtless topless barefoot beautiful pretty cute lovely "
     "adorable ugly handsome attractive nice good fancy elegant ornate modern antique ancient "
     "classic traditional vintage old-fashioned rustic rusty rusted dilapidated new broken cracked "
     "abandoned decorative decorated striped plaid checkered spotted dotted polka-dot flowered "
     "floral "
     "patterned colored coloured plain furry fluffy fuzzy hairy shaggy bearded long-haired scruffy "
     "wild tame stray happy sad angry funny silly serious sleepy tired hungry thirsty curious "
     "excited playful male female adult teenage elderly asian african american american-style "
     "chinese japanese indian mexican german french english british italian european native "
     "oriental urban rural suburban residential public private commercial industrial natural "
     "artificial outdoor indoor aerial tropical coastal snow-covered tree-lined leafy lush barren "
     "bushy grassy hilly mountainous sloped forested wooded scenic professional casual formal "
     "military religious electric electronic digital wireless automatic manual inflatable stuffed "
     "fake real toy plush homemade cooked uncooked baked fried grilled roasted sliced chopped "
     "diced "
     "shredded toasted steamed frosted glazed powdered assorted mixed different various similar "
     "identical same odd strange weird unusual unique interesting special single double triple "
     "half "
     "whole entire main upper lower inner outer rear front back left right middle top bottom "
     "center "
     "far close nearby distant adjacent opposite lone alone asleep awake alive dead sick injured "
     "pregnant overweight muscular strong weak blind black-and-white blurry blurred hazy murky "
     "shiny glossy sleek dim lit unlit sunlit backlit well-lit messy cluttered neat tidy "
     "unmade made organized disorganized crowded vacant deserted lonely lonesome ready able bored "
     "lazy fast slow quick loud safe dangerous slippery stylish trendy festive famous popular "
     "local "
     "foreign past present upside-down upright vertical horizontal diagonal parallel crooked bent "
     "broken loose tight sturdy soaked soggy sunset-lit overcast transparent see-through "
     "reflective "
     "opaque neon bloody dirt-covered bumpy grown gourmet vegetarian vegan organic edible "
     "frozen melted creamy cheesy gooey greasy leftover half-eaten two-story multi-story "
     "double-decker double-decked two-tiered rectangular oval triangular spherical pointy pointed "
     "fenced enclosed covered paved unpaved tiled carpeted hardwood potted leafless unripe seated "
     "handheld hand-held portable personal individual common typical standard extra additional "
     "giant-sized life-size life-sized full-sized shirtless sexy drunk armed uniformed helmeted "
     "hooded masked costumed robed tattooed blue-eyed one-way stationary motionless airborne "
     "overgrown weathered worn weird creepy scary spooky gloomy cozy comfortable comfy luxurious "
     "upscale fine cheap expensive plentiful bountiful nutritious appetizing unidentified unknown "
     "visible hidden historic historical medieval victorian gothic royal grand magnificent "
     "majestic "
     "unfinished finished final last first second third fourth next such separate combined "
     "opposing "
     "numbered hard oriental western eastern northern southern furnished chubby plump toothless "
     "patriotic "
     "skimpy rolled grown-up young-looking middle-aged competitive athletic sporty extreme careful "
     "intense intent focused determined proud pleased amused surprised shocked upset"},
};

constexpr WordList kVerbs[] = {
    {kVerbWord,
     "do sit stand wear hold lay lie eat carry climb swim take make hang go pull talk get perform "
     "try "
     "lean catch come drink leave sleep throw fall see give put bring keep wait grab reach push "
     "bite serve sing write draw read hug wrestle kneel chew dive bend lick pick follow enter "
     "approach float crouch raise prepare watch fly feed sell listen appear seem begin continue "
     "attempt learn teach speak tell say ask think hear feel smell become grow rise descend ascend "
     "emerge contain include overlook surround cover decorate fill gather attach place situate "
     "locate mount perch seat pose graze ride drive pedal paddle skateboard snowboard rollerblade "
     "leap bounce toss fling hurl pitch dribble tackle chase pursue fetch retrieve drag tow tug "
     "haul lift lower load unload stack pile arrange line display depict feature consist protrude "
     "extend stretch connect separate divide enclose expose reflect illuminate lit gaze stare peer "
     "peek glance observe examine inspect investigate admire enjoy celebrate relax lounge huddle "
     "cuddle snuggle embrace hold-hands wade splash soak squirt spray wash bathe groom brush comb "
     "shave trim carve slice cut chop peel cook bake grill fry roast stir pour mix prepare wrap "
     "tie untie strap fasten hook chain hitch lock stick glue build construct repair fix install "
     "operate use hit strike swat smash punch grind flip spin twist twirl roll crawl creep stroll "
     "wander roam march trot gallop jog sprint race speed hurry dash run walk jump play hop skip "
     "slide glide ski skate surf hike kayak canoe row sail steer navigate cruise soar hover land "
     "crash collide pass cross turn stop move travel head return arrive depart board ride straddle "
     "balance swing dangle sway wave wiggle shake nod bow dance cheer clap smile laugh grin frown "
     "cry scream yell shout bark growl howl sniff nibble devour munch nuzzle drool swallow "
     "suck breathe blow inflate burn melt freeze drip flow rain snow-cover erupt explode break "
     "tear "
     "rip crack pierce dig bury plant water harvest shovel sweep mop vacuum clean wipe polish "
     "paint "
     "sketch color write type text dial photograph film record videotape capture snap show open "
     "close shut adorn dress undress clothe don model sport shop buy purchase pay order sell vend "
     "compete fight battle defend guard protect block kick dunk score win lose coach train "
     "practice "
     "warm cool shelter shade tend attend meet greet visit help assist support guide lead herd pet "
     "stroke scratch rub touch poke squeeze pinch tickle bear squat recline nap doze rest slumber "
     "hide seek search look find discover mark spot point aim shoot fire launch release drop dump "
     "discard scatter spread sprinkle top garnish coat dip smear accompany join share exchange "
     "remove replace adjust fasten set stay remain live stare park dock moor anchor suspend face "
     "line-up back exit escape flee hunt stalk interact discuss chat converse communicate "
     "participate engage conduct demonstrate present pretend want need like love allow let cause "
     "create produce form resemble reveal hid loom tower stem match fit beg offer work study "
     "juggle flex squint yawn stroll clasp clutch grip grasp cradle nurse nestle tuck crown border "
     "fence tile pave equip furnish litter clutter crowd pack stuff stock sponsor print engrave "
     "tattoo graffiti vandalize dye tint bundle frost glaze top season slope wind curve lounge "
     "maneuver manoeuvre propel spit vault somersault cartwheel tumble trip slip stumble lunge "
     "duck "
     "dodge evade tend shear milk saddle mow rake prune till tread trudge trek wakeboard windsurf "
     "waterski bicycle parasail snorkel fish snowshoe ice-skate bungee bowl golf camp picnic "
     "barbecue toast gamble knit sew weave iron fold hammer drill weld saw direct conduct instruct "
     "supervise referee umpire officiate survey patrol arrest salute parade protest pray preach "
     "propose wed marry kiss graduate give-out hand deliver receive accept reject refuse blur "
     "accessorize highlight outline frame encircle flank overhang overflow submerge drown "
     "rescue save test taste sample sip slurp gulp slam hurdle scale rappel tether leash muzzle "
     "collar rear buck lunge charge peck hatch roost perch flap land swoop wrap drape string lace "
     "attack gnaw deflate pounce contemplate challenge shuffle scurry frolic romp dart paw bound "
     "sling mimic lurch scoot saunter amble prance scamper snarl bask wriggle squirm strut skid "
     "veer "
     "swerve crest gesture motion wink pout giggle chuckle converge congregate assemble strum skim "
     "secure capture measure execute restore extinguish scramble drizzle cling negotiate "
     "illustrate plaster avoid nip "
     "spill advertise emit install peddle ponder snack feast dine graze sunbathe squeal "
     "nudge lap zip "
     "button hoist tilt slant lay-out "
     "laid steal pitch bat bunt field"},
    {kNounVerbWord,
     "walk run jump play ride race pose park watch look kick surf ski skate board cross dress rest "
     "smile laugh splash swing slide drive dance fish bike turn stop pass wave drink cook "
     "paint point fight hike kiss bow roll flip land bark trick work face touch fence water "
     "light brush comb top hammer drill iron saw bowl camp bat field color film model milk button "
     "string lace plant train coach hand head line mark spot pet back frame tile saddle bicycle "
     "shop group sport shade fire trip dip slip help spray cut pitch "
     ""
     "sip crowd pack stack pile border print guard battle parade duck bear buck text order "
     "search study exit crash speed march stroll cruise row sail kayak canoe block shelter "
     "tackle score coat frost slope curve stroke scratch snap shot support display feature mix "
     "wrap "
     "strap hook chain lock meet sample collar leash scale charge toast rake golf record practice "
     "tower stem form match crown wind bundle tint dye season type dial lounge picnic slice load "
     "seat rain peel tattoo perch vault number watch post sign shed rear stock fry ship shell "
     "sink"},
    {kLeadingVerb,
     "try attempt prepare get go begin start continue learn appear seem want like need love wait "
     "stop keep pretend tend help"},
    {kStativeVerb,
     "have wear contain feature show include display sport own see depict use need want "
     "like"},
    {kPlacedVerb,
     "park seat situate locate place dock moor tie mount stack leave station position gather "
     "huddle "
     "lean stand sit lie lay pose perch set anchor plant pile display"},
    {kThingVerb,
     "hang fly float cover lean face contain feature show overlook lead surround grow line display "
     "fill drive pass travel flow burn go come move park extend stick sit stand lie lay rest top "
     "hover dangle land rise reflect shine crash fall blow run cross protrude wind roll slope read "
     "say set include depict"},
};

constexpr WordList kNouns[] = {
    {kPersonWord,
     "man woman person boy girl child kid people guy lady gentleman player toddler baby infant "
     "adult teenager teen youth surfer skateboarder skier snowboarder biker bicyclist cyclist "
     "motorcyclist rider driver pedestrian skater runner jogger hiker climber swimmer diver dancer "
     "singer musician performer artist chef cook waiter waitress server worker fireman firefighter "
     "policeman officer soldier cop guard student teacher coach athlete pitcher catcher batter "
     "umpire referee goalie goalkeeper teammate opponent competitor contestant participant fan "
     "spectator onlooker bystander passenger customer vendor shopper tourist traveler friend "
     "family "
     "couple group crowd team audience mother mom father dad parent son daughter sister brother "
     "grandmother grandfather husband wife bride groom twin neighbor clown cowboy farmer fisherman "
     "businessman doctor nurse pilot photographer cameraman wrestler boxer gymnast cheerleader "
     "acrobat wakeboarder kayaker rower sailor lifeguard referee quarterback golfer hitter baseman "
     "barber hairdresser judge priest monk nun king queen prince princess santa police crew class "
     "band gang pair trio member male female individual human somebody tennis-player rollerblader "
     "elder senior youngster bicycler racer jumper sledder trainer owner handler hunter teenager "
     "bridesmaid groomsman marine stranger rollerskater paddler fighter visitor commuter sunbather "
     "entertainer gardener"},
    {kAnimalWord,
     "dog cat horse cow bull bird sheep goat elephant giraffe zebra bear puppy kitten kitty pony "
     "donkey pig lamb calf duck goose swan seagull gull pigeon parrot owl eagle chicken hen "
     "rooster "
     "monkey lion tiger deer fox wolf rabbit squirrel mouse rat frog fish shark dolphin whale "
     "turtle "
     "snake animal greyhound poodle collie terrier bulldog retriever dalmatian shepherd hound pup "
     "doggy canine feline herd flock ox bison buffalo ram camel llama ostrich penguin crab insect "
     "bee butterfly beagle boxer dachshund husky labrador spaniel corgi pug beast creature ape "
     "hawk falcon raven crow sparrow finch robin hummingbird woodpecker wildebeest antelope moose "
     "elk "
     "gazelle cub piglet bunny panda koala kangaroo walrus seal otter beaver leopard cheetah "
     "jaguar "
     "hippo rhino rhinoceros hippopotamus lizard alligator crocodile goldfish chick mutt "
     "lab pitbull chihuahua doberman rottweiler whippet mastiff schnauzer "
     "crane heron stork flamingo peacock turkey"},
    {kCollectiveWord,
     "group crowd couple family team herd pair bunch flock police crew class band gang trio "
     "audience "
     "rest majority number sheep deer fish cattle wildlife staff"},
    {kQuantifierNoun,
     "group bunch couple pair lot lots number variety set dozen dozens handful assortment array "
     "series collection ton tons kind type sort piece pieces majority some all both most many few "
     "several each one two three four five six none rest groups pairs couples bunches plenty "
     "selection gathering types kinds multitude"},
    {kFrameNoun,
     "picture photo photograph image view shot scene closeup close-up photograpy snapshot portrait "
     "drawing painting pictures photos images photographs views close-ups angle angles video"},
    {kIngNounWord,
     "building ceiling railing clothing wedding painting evening morning string ring king wing "
     "awning frosting icing topping lighting flooring bedding seating siding spring thing being "
     "swing sling outcropping earring wiring evening sibling dwelling duckling fencing crossing "
     "opening meeting parking living dining netting matting paneling molding stocking filling "
     "lettering scaffolding plumbing housing dressing wrapping sting pudding herring "
     "ceilings covering         "
     "offspring hearing landing packaging tubing drawing seasoning stuffing gathering "},
    {kCompoundNounAfter,
     "room rooms area areas lot lots meter meters garage pool pools suit suits trunks table tables "
     "board boards pan pans machine machines gear equipment cart carts bag bags station stations "
     "space spaces dress gown cake cakes party ground grounds hall halls deck rink ring ropes rope "
     "track court helmet helmets pole poles boat boats rod rods net chair chairs stool bottle cap "
     "glove gloves jacket goggles cream mall center shoes sign signs light stick tool tools shed "
     "pin ramp car club site board bike lane lift slope slopes outfit stand card bowl event events "
     "wall fountain trip"},
    {kNounWord,
     "bed sled shed red weed seed thread bread shred speed kid grid food feed hundred moped "
     "flatbed bedspread head bobsled watershed steed reed breed family jelly belly lily bully "
     "vegetable vegetables fries glasses pants clothes baby assembly butterfly dragonfly ally left "
     "right light top "
     "bottom front back "
     "center middle toy "
     "remote adult teen teenage male female native shot cold public kid square round german "
     "standard "
     "drunk chinese double single medium female interior exterior antique original ceramic"},
};

}  // namespace

std::span<const WordList> adjective_lists() { return kAdjectives; }

std::span<const WordList> verb_lists() { return kVerbs; }

std::span<const WordList> noun_lists() { return kNouns; }

}  // namespace unimo::eval
